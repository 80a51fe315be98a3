import Foundation

/// config-linux.md, Network Devices. The runtime runs in a network namespace of the test's own, so that no link of the host's is touched.
enum NetworkDeviceRequirements {
    private static let section = "config-linux.md, Network Devices"

    /// Runs a container in a network namespace that has the veth pair conf0 and conf1.
    private static func run(_ lab: Lab, _ devices: JSON, _ script: String) throws -> Outcome {
        let bundle = try lab.bundle(try lab.config(script) { $0["linux.netDevices"] = devices })
        let words = [Machine.runtime, "--root", lab.stateRoot, "run", "--bundle", bundle, lab.own("c")].joined(separator: " ")
        let prepare = "ip link add conf0 type veth peer name conf1 && ip address add 10.99.0.1/24 dev conf0"
        return try Command(
            ["unshare", "--net", "sh", "-c", "\(prepare) && exec \(words)"], in: lab.directory, outputs: lab.path("net")
        ).finish()
    }

    static let all: [Requirement] = [
        Requirement(.must, "netDevices.moved", section, "A device of the list is in the container.") { lab in
            let result = try run(lab, ["conf0": JSON()], "cat /proc/net/dev")
            try require(result.status == 0 && result.out.contains("conf0:"), "\(result)")
        },
        Requirement(.must, "netDevices.renamed", section, "It has the name that was given.") { lab in
            let result = try run(lab, ["conf0": ["name": "inside0"]], "cat /proc/net/dev")
            try require(result.status == 0 && result.out.contains("inside0:") && !result.out.contains("conf0:"), "\(result)")
        },
        Requirement(.must, "netDevices.addresses", section, "It keeps its permanent addresses.") { lab in
            let result = try run(lab, ["conf0": JSON()], "ip -o address show conf0")
            try require(result.status == 0 && result.out.contains("10.99.0.1/24"), "\(result)")
        },
        Requirement(.must, "netDevices.up", section, "It is up.") { lab in
            let result = try run(lab, ["conf0": JSON()], "ip -o link show conf0")
            try require(result.status == 0 && result.out.contains(",UP"), "\(result)")
        },
        Requirement(.must, "netDevices.missing", section, "A device that is not there is an error.") { lab in
            let good = try run(lab, [:], "true")
            try require(good.status == 0, "\(good)")
            let result = try run(lab, ["nosuch0": JSON()], "true")
            try require(result.status != 0, "it is accepted")
        },
    ]
}
