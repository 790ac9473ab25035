"""What the text asks: the requirement catalogue and the test cases, one folder a clause."""
