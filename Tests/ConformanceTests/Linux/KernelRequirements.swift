import Foundation

/// config-linux.md, Sysctl, Personality, Memory policy.
enum KernelRequirements {
    private static let personality = "config-linux.md, Personality"
    private static let memory = "config-linux.md, Memory policy"

    static let all: [Requirement] = [
        Requirement(.must, "sysctl.network", "config-linux.md, Sysctl", "A parameter of the network namespace is set.") { lab in
            let seen = try lab.output("cat /proc/sys/net/ipv4/ip_forward") { $0["linux.sysctl"] = ["net.ipv4.ip_forward": "1"] }
            try require(seen, is: "1", "ip_forward")
        },
        Requirement(.must, "sysctl.several", "config-linux.md, Sysctl", "Several are.") { lab in
            let seen = try lab.output("cat /proc/sys/net/core/somaxconn /proc/sys/kernel/shmmni") {
                $0["linux.sysctl"] = ["net.core.somaxconn": "256", "kernel.shmmni": "99"]
            }
            try require(seen, is: "256\n99", "parameters")
        },
        Requirement(.must, "sysctl.ipc", "config-linux.md, Sysctl", "One of the ipc namespace is set, with several numbers.") {
            lab in
            let seen = try lab.output("cat /proc/sys/kernel/sem | xargs") { $0["linux.sysctl"] = ["kernel.sem": "100 200 30 40"] }
            try require(seen, is: "100 200 30 40", "kernel.sem")
        },
        Requirement(.must, "sysctl.mqueue", "config-linux.md, Sysctl", "So is one of fs.mqueue.") { lab in
            let seen = try lab.output("cat /proc/sys/fs/mqueue/msg_max") { $0["linux.sysctl"] = ["fs.mqueue.msg_max": "7"] }
            try require(seen, is: "7", "msg_max")
        },
        Requirement(.must, "sysctl.notTheHosts", "config-linux.md, Sysctl", "The host's values stay as they are.") { lab in
            let path = "/proc/sys/kernel/shmmni"
            let before = Machine.read(path) ?? ""
            try lab.accepts { $0["linux.sysctl"] = ["kernel.shmmni": "98"] }
            try require(Machine.read(path) ?? "", is: before, path)
        },
        Requirement(.must, "sysctl.unknown", "config.md, Valid values", "One that does not exist is an error.") { lab in
            try lab.refuses("net.nosuch") { $0["linux.sysctl"] = ["net.nosuch": "1"] }
        },
        Requirement(.must, "sysctl.ofTheHost", "runc", "One that no namespace has, and so would change the host, is an error.") {
            lab in
            let before = Machine.read("/proc/sys/vm/swappiness") ?? "60"
            try lab.refuses("vm.swappiness") { $0["linux.sysctl"] = ["vm.swappiness": before] }
        },
        Requirement(.must, "sysctl.withoutNamespace", "runc", "One of a namespace the container does not have is an error.") {
            lab in
            let before = Machine.read("/proc/sys/kernel/shmmni") ?? "4096"
            try lab.refuses("kernel.shmmni in the host's ipc namespace") {
                $0.without(namespace: "ipc")
                $0["linux.sysctl"] = ["kernel.shmmni": before]
            }
        },
        Requirement(.must, "personality.linux32", personality, "The domain LINUX32 makes uname say a 32-bit processor.") { lab in
            let native = try lab.output("uname -m")
            try require(native == "x86_64" || native == "aarch64", "it is \(native) without")
            let seen = try lab.output("uname -m") { $0["linux.personality"] = ["domain": "LINUX32"] }
            try require(["i686", "i586", "armv8l", "armv7l"].contains(seen), "uname says \(seen)")
        },
        Requirement(.must, "personality.linux", personality, "The domain LINUX leaves it.") { lab in
            let native = try lab.output("uname -m")
            try require(!native.isEmpty, "uname says nothing")
            try require(try lab.output("uname -m") { $0["linux.personality"] = ["domain": "LINUX"] }, is: native, "uname")
        },
        Requirement(.must, "personality.unknown", "config.md, Valid values", "A domain that does not exist is an error.") { lab in
            try lab.refuses("the domain HURD") { $0["linux.personality"] = ["domain": "HURD"] }
        },
        Requirement(.must, "memoryPolicy.bind", memory, "MPOL_BIND with nodes is the policy of the process.") { lab in
            let seen = try lab.output("head -1 /proc/self/numa_maps | cut -d ' ' -f 2") {
                $0["linux.memoryPolicy"] = ["mode": "MPOL_BIND", "nodes": "0"]
            }
            try require(seen, is: "bind:0", "policy")
        },
        Requirement(.must, "memoryPolicy.interleave", memory, "MPOL_INTERLEAVE too, with a flag.") { lab in
            let seen = try lab.output("head -1 /proc/self/numa_maps | cut -d ' ' -f 2") {
                $0["linux.memoryPolicy"] = ["mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]] as JSON
            }
            try require(seen, is: "interleave=static:0", "policy")
        },
        Requirement(.must, "memoryPolicy.unknown", "config.md, Valid values", "A mode that does not exist is an error.") { lab in
            try lab.refuses("MPOL_NOSUCH") { $0["linux.memoryPolicy"] = ["mode": "MPOL_NOSUCH"] }
        },
        Requirement(.must, "memoryPolicy.needsNodes", memory, "MPOL_BIND without nodes is an error.") { lab in
            try lab.refuses("MPOL_BIND alone") { $0["linux.memoryPolicy"] = ["mode": "MPOL_BIND"] }
        },
    ]
}
