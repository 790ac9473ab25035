"""A Group Owner and a UE, sans-I/O: the suite's default target and the executable model of the profile.

Nothing here reads a clock, opens a socket or draws from the system's randomness: time comes in
with every call, frames go out with every answer, and all randomness comes from the seed of the
device. The protocol is this project's own design. It follows the direct link of TS 33.303 and the
PC5 signalling of TS 24.334 where they fit, and does more where they fall short of Group Owner mode.

The two ends authenticate each other by certificates (profile A, ``reference``) or by pair keys (profile B,
``reference:psk``); everything after that is the same.
"""
