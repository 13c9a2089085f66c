"""What each role does with the items of its resource."""
