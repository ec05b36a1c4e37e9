"""The Lessons page: a course whose lessons open the other pages and ask questions."""
