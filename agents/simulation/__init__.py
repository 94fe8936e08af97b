"""Simulated posts: seeded, pure, and of any length; the sentences are this project's own."""
