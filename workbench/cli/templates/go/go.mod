module my-node

go 1.18
