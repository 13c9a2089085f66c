"""What recipes and rules of several topics share."""
