import Foundation
import Testing

extension IntegrationTests {
    /// Working directories that would be outside of the container's root.
    @Suite struct DirectoryEscapeTests {
        /// `out` is a link to a process's root, `up` climbs to a directory of this test's; both are in the image and in a volume.
        static let directories = [
            "/proc/PID/root", "/proc/PID/cwd", "/proc/PID/root/tmp", "/proc/PID/root/..", "/out", "/out/tmp", "/volume/out",
            "/up",
            "/volume/up", "/volume/up/..",
        ]

        /// - Parameter process: a process of the host's that the container sees, and may trace; without one it has processes of its own.
        private func bundle(
            _ hako: Hako, _ command: [String], seeing process: Child?, in directory: String = "/"
        ) throws -> Bundle {
            let (volume, place) = (hako.path("outer/volume"), hako.path("outer"))
            let pid = "\(process?.pid ?? 1)"
            try host(
                "sh", "-c",
                "mkdir -p \(volume) \(hako.rootfs)/volume && touch \(place)/marker && for d in \(volume) \(hako.rootfs); do "
                    + "ln -sfn /proc/\(pid)/root $d/out; ln -sfn ../../../../../../../..\(place) $d/up; done")
            return try Bundle(hako, command) { config in
                let rights = ["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH"]
                config.at("process", "capabilities", ["bounding": rights, "effective": rights, "permitted": rights])
                config.at("process", "cwd", directory.replacing("PID", with: pid))
                let mount: [String: Any] = [
                    "destination": "/volume", "type": "bind", "source": volume, "options": ["bind"],
                ]
                config["mounts"] = (config["mounts"] as? [[String: Any]] ?? []) + [mount]
                if process != nil { config.remove(namespace: "pid") }
            }
        }

        private func processOfTheHosts() throws -> Child { try Child(["sleep", "60"], environment: Machine.environment) }

        @Test(arguments: directories) func theCommandDoesNotStartOutside(_ directory: String) throws {
            try withHako { hako in
                let process = try processOfTheHosts()
                let wayOut = "/proc/\(process.pid)/root\(hako.path("outer"))"
                let control = try bundle(hako, ["ls", wayOut], seeing: process)
                let seen = try hako.runtime("run", "--bundle", control.path, "c1")
                #expect(seen.text.contains("marker"), "there is no way out to take: \(seen)")
                let attack = try bundle(hako, ["ls", "-a"], seeing: process, in: directory)
                let result = try hako.runtime("run", "--bundle", attack.path, "c2")
                #expect(result.status == 1 && result.oneErrorLine && result.out.isEmpty, "\(result)")
                #expect(result.err.contains("working directory"), "\(result)")
            }
        }

        /// The same for a command that enters a running container.
        @Test func nothingEntersOutside() throws {
            try withHako { hako in
                let process = try processOfTheHosts()
                let running = try bundle(hako, ["sleep", "60"], seeing: process)
                let start = "exec \"$@\" > /dev/null 2>&1"
                let words = hako.runtimeWords(["run", "--detach", "--bundle", running.path, "c1"])
                #expect(try hako.spawn(["sh", "-c", start, "sh"] + words).finish().status == 0)
                defer { _ = try? hako.runtime("delete", "--force", "c1") }
                for directory in Self.directories.map({ $0.replacing("PID", with: "\(process.pid)") }) {
                    let result = try hako.runtime("exec", "--cwd", directory, "c1", "ls", "-a")
                    #expect(result.status != 0 && result.oneErrorLine && result.out.isEmpty, "\(directory): \(result)")
                    #expect(result.err.contains("working directory"), "\(directory): \(result)")
                }
            }
        }

        /// With processes of its own, the first one's root is the container's.
        @Test(arguments: ["/proc/1/root", "/out", "/volume/out"]) func theFirstProcesssRootIsTheOwn(_ directory: String) throws {
            try withHako { hako in
                let bundle = try bundle(hako, ["sh", "-c", "pwd; echo *"], seeing: nil, in: directory)
                let result = try hako.runtime("run", "--bundle", bundle.path, "c1")
                #expect(result.lines == ["/", "bin dev etc home out proc root run sbin sys tmp up usr var volume"], "\(result)")
            }
        }
    }
}
