"""Sandboxes: declared containers that live long, with workspaces that outlive them."""
