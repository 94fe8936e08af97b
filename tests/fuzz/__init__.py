"""Broken input for every decoder: none may fail in a way of its own, stand still, or take all memory."""
