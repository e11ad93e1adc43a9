# A link that a container's runtime.json moves.
ip link add movable type dummy
