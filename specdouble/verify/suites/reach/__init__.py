"""What every operation does: valid requests, methods that a path has not, the document of the target itself."""
