"""Measures GPUs inside sandboxes: `program` does it there, the rest brings it there and shows what it answered."""
