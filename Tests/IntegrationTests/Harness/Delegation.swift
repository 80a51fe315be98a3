import Foundation

/// A control group tree that the plain user of the tests may use, as a login session's manager would give it (cgroup v2).
enum Delegation {
    /// The group the user's processes start in; its parent belongs to the user. Made by the first use.
    static let shared: String = {
        let tree = "/sys/fs/cgroup/hako-test-delegated"
        let session = "\(tree)/session"
        let user = "\(Identity.userID)"
        _ = try? host(
            "sh", "-c",
            """
            mkdir -p \(session); for c in $(cat /sys/fs/cgroup/cgroup.controllers); do echo +$c > /sys/fs/cgroup/cgroup.subtree_control; \
            echo +$c > \(tree)/cgroup.subtree_control; done 2>/dev/null; \
            chown \(user):\(user) \(tree) \(session) \(tree)/cgroup.procs \(tree)/cgroup.threads \(tree)/cgroup.subtree_control \
            \(session)/cgroup.procs \(session)/cgroup.threads \(session)/cgroup.subtree_control
            """)
        return session
    }()
}
