"""Live answers during a drag: messages, the engine that computes them, the WebSocket route."""
