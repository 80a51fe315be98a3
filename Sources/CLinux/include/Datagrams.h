// Datagrams with the address of this host's that they come to and go from: macros of cmsg(3), which Swift does not import.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

// From now on a datagram says which address of this host's it came to. IP_PKTINFO, IPV6_RECVPKTINFO.
int hako_receive_addresses(int socket, int family);

// Receives one, or fails with EAGAIN. `local`: where it came to, four or sixteen bytes; `link`: by which device. recvmsg(2).
ssize_t hako_receive_datagram(int socket, void *data, size_t size, struct sockaddr *sender, socklen_t *sender_size,
                              uint8_t local[16], unsigned int *link);

// Sends one from an address of this host's, or fails with EAGAIN. A link of 0 leaves the way to the routes. sendmsg(2).
ssize_t hako_send_datagram(int socket, const void *data, size_t size, const struct sockaddr *receiver, socklen_t receiver_size,
                           const uint8_t local[16], unsigned int link);
