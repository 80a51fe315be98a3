import Foundation
import Testing

/// What this machine is, and where the binaries and root file systems under test are.
enum Machine {
    static let environment = ProcessInfo.processInfo.environment

    /// The project's folder: two above Tests/IntegrationTests.
    static let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    static let binaries = environment["HAKO_BIN"] ?? "\(project)/bin"
    static let rootfs = environment["HAKO_ROOTFS"] ?? "\(project)/.build-rootfs"
    static let scripts = environment["HAKO_SCRIPTS"] ?? "\(project)/scripts"
    /// OCI layouts: see scripts/images.py.
    static let images = environment["HAKO_IMAGES"] ?? "\(project)/.build-images"
    static var hako: String { "\(binaries)/hako" }
    static var runtime: String { "\(binaries)/hako-runtime" }

    /// Docker and containerd, unpacked from their packages.
    static let peers = environment["HAKO_PEERS"] ?? "\(project)/.build-peers"
    static let hasPeers = exists("\(peers)/done")

    /// Every deadline is multiplied by it: 1 on a usual machine, 10 in an emulated guest.
    static let slowness = Double(environment["HAKO_TEST_SLOW"] ?? "1") ?? 1
    static let isSlow = slowness > 1

    static let isRoot = geteuid() == 0
    static let cgroupIsV2 = FileManager.default.fileExists(atPath: "/sys/fs/cgroup/cgroup.controllers")
    static let hasSystemd = FileManager.default.fileExists(atPath: "/run/systemd/system")
    static let hasAppArmor = FileManager.default.fileExists(atPath: "/sys/kernel/security/apparmor/profiles")
    static let hasDebian = FileManager.default.fileExists(atPath: "\(rootfs)/debian.tar")
    static let memoryMiB = Int(ProcessInfo.processInfo.physicalMemory >> 20)

    /// A version 1 hierarchy's directory, or the version 2 tree.
    static func cgroupTree(_ controller: String) -> String { cgroupIsV2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/\(controller)" }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}

extension Collection {
    /// All of a table's cases; on a slow machine every fifth, beginning with the first.
    var sampled: [Element] { Machine.isSlow ? enumerated().filter { $0.offset % 5 == 0 }.map(\.element) : Array(self) }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test, with the reason in the log, on a machine without what it needs.
    static func requires(_ condition: Bool, _ reason: String) -> Self { .enabled(if: condition, "skipped here: \(reason)") }
    static var cgroupV2: Self { requires(Machine.cgroupIsV2, "this machine has no pure cgroup v2; the guest has") }
    static var systemd: Self { requires(Machine.hasSystemd, "systemd does not run here; it does in a guest") }
    static var cgroupV1: Self { requires(!Machine.cgroupIsV2, "this machine has no cgroup v1") }
    /// docker-registry, and skopeo to fill it.
    static var registry: Self {
        requires(
            ["/usr/bin/docker-registry", "/usr/bin/skopeo", "/usr/bin/curl"].allSatisfy(Machine.exists),
            "docker-registry, skopeo or curl is missing")
    }
    static var debian: Self { requires(Machine.hasDebian, "no Debian root file system was made") }
    /// Left out where the processor is emulated.
    static var fastMachine: Self { requires(!Machine.isSlow, "too slow where the processor is emulated") }
}

/// Everything runs in turn: containers of two tests at once would see each other in the leftover checks.
@Suite(.serialized, .requires(Machine.isRoot, "containers of root's are tested too: run as root"))
enum IntegrationTests {}
