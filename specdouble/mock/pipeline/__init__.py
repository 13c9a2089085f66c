"""One request on its way: the call, its checks, the operation that answers it, and how it is refused."""
