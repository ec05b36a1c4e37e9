"""Answers while the hand moves: messages, the engine behind them, the WebSocket route."""
