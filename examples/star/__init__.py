"""Groups in the shape of a star, for any protocol that protects the hop between a Group Owner and a UE.

What is here carries bytes, keeps the list of members and passes messages on: nothing of it is cryptography.
An example brings a :class:`~examples.star.channel.Channel` around an engine of its own and, where it has group
keys, a :class:`~examples.star.groupcast.Groupcasts`.
"""
