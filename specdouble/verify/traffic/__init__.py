"""Recorded and passing traffic: exchanges from a HAR file or a proxy, judged by the rules of every response."""
