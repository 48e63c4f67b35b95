"""Solidarity Desk: answers from a federation's own documents, each sentence tied to the exact words that carry it."""
