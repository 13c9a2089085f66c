"""What a pack says of its server, and the binding of every operation to the function that answers it."""
