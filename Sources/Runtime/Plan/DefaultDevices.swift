package import OCI

/// The devices every container has (config-linux.md, Default Devices), and the links beside them.
package enum DefaultDevices {
    package static let all: [Device] = [
        character("/dev/null", 1, 3), character("/dev/zero", 1, 5), character("/dev/full", 1, 7),
        character("/dev/random", 1, 8), character("/dev/urandom", 1, 9), character("/dev/tty", 5, 0),
    ]

    package static let links = [
        ("/dev/fd", "/proc/self/fd"), ("/dev/stdin", "/proc/self/fd/0"), ("/dev/stdout", "/proc/self/fd/1"),
        ("/dev/stderr", "/proc/self/fd/2"), ("/dev/ptmx", "pts/ptmx"),
    ]

    private static func character(_ path: String, _ major: Int64, _ minor: Int64) -> Device {
        var device = Device(type: "c", path: path, major: major, minor: minor)
        device.fileMode = 0o666
        return device
    }
}
