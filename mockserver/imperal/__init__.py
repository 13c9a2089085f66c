"""Handlers of Imperal Cloud: a package per service, in it a folder per idea and a file per group of resources."""
