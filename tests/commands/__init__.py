"""The programs as people start them, each in a process of its own: no lab, no root, a second or two each."""
