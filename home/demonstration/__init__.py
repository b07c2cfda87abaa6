"""The demonstration data. Facts keep their dates and sources; fiction carries a name ending “(demo)”.

One module per app, each with `load(world)`. Fiction is laid out around the Monday of the week in
which it is loaded, so that there is always something today, tomorrow and next month.
"""
