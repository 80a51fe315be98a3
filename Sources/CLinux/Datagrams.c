#include "Datagrams.h"

#include <netinet/in.h>
#include <string.h>

union control {
    char space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    struct cmsghdr align;
};

int hako_receive_addresses(int socket, int family) {
    int on = 1;
    if (family == AF_INET6) return setsockopt(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
    return setsockopt(socket, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
}

ssize_t hako_receive_datagram(int socket, void *data, size_t size, struct sockaddr *sender, socklen_t *sender_size,
                              uint8_t local[16], unsigned int *link) {
    union control control;
    struct iovec part = {.iov_base = data, .iov_len = size};
    struct msghdr m = {.msg_name = sender, .msg_namelen = *sender_size, .msg_iov = &part, .msg_iovlen = 1,
                       .msg_control = control.space, .msg_controllen = sizeof control.space};
    memset(local, 0, 16);
    *link = 0;
    ssize_t n = recvmsg(socket, &m, MSG_DONTWAIT);
    if (n < 0) return n;
    *sender_size = m.msg_namelen;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            // Not ipi_addr, which may be a group's or everybody's.
            memcpy(local, &info.ipi_spec_dst, sizeof info.ipi_spec_dst);
            *link = (unsigned int)info.ipi_ifindex;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            if (!IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) memcpy(local, &info.ipi6_addr, sizeof info.ipi6_addr);
            *link = info.ipi6_ifindex;
        }
    }
    return n;
}

ssize_t hako_send_datagram(int socket, const void *data, size_t size, const struct sockaddr *receiver, socklen_t receiver_size,
                           const uint8_t local[16], unsigned int link) {
    union control control;
    memset(&control, 0, sizeof control);
    struct iovec part = {.iov_base = (void *)data, .iov_len = size};
    struct msghdr m = {.msg_name = (void *)receiver, .msg_namelen = receiver_size, .msg_iov = &part, .msg_iovlen = 1,
                       .msg_control = control.space};
    struct cmsghdr *c = &control.align;
    if (receiver->sa_family == AF_INET6) {
        struct in6_pktinfo info = {.ipi6_ifindex = link};
        memcpy(&info.ipi6_addr, local, sizeof info.ipi6_addr);
        *c = (struct cmsghdr){.cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO, .cmsg_len = CMSG_LEN(sizeof info)};
        memcpy(CMSG_DATA(c), &info, sizeof info);
        m.msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        struct in_pktinfo info = {.ipi_ifindex = (int)link};
        memcpy(&info.ipi_spec_dst, local, sizeof info.ipi_spec_dst);
        *c = (struct cmsghdr){.cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO, .cmsg_len = CMSG_LEN(sizeof info)};
        memcpy(CMSG_DATA(c), &info, sizeof info);
        m.msg_controllen = CMSG_SPACE(sizeof info);
    }
    return sendmsg(socket, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}
