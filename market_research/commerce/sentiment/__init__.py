"""What reviews say: class and score, aspects, topics, wishes and complaints, by review and by product."""
