"""What people type, and what a prompt is filled with: cleaned, judged and marked before a language model sees it."""
