"""What answers the operations of a document that no function handles: handlers inferred from its resource model.

`specdouble.mock.inferred.pack.inferred` is the way in. Nothing here is imported for a pack that handles everything.
"""
