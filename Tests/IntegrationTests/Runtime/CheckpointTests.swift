import Foundation
import Testing

/// Whether CRIU can write a process of this kernel: one is written and thrown away.
let criuCanDump: Bool = {
    guard Machine.isRoot, Machine.cgroupIsV2 else { return false }
    let script = """
        d=$(mktemp -d) && setsid sleep 60 </dev/null >/dev/null 2>&1 & pid=$!; sleep 1; d=$(mktemp -d)
        criu dump --tree $pid --images-dir $d --shell-job >/dev/null 2>&1; code=$?; kill -9 $pid 2>/dev/null; rm -rf $d; exit $code
        """
    return (try? host("sh", "-c", script, within: 60).status) == 0
}()

extension IntegrationTests {
    /// `checkpoint` and `restore`, where CRIU can.
    @Suite(.requires(criuCanDump, "CRIU cannot write a process of this kernel; that of the guest it can"))
    struct CheckpointTests {
        /// A container that counts, seen from outside.
        private func withCounting(_ body: (Hako, () throws -> Int) throws -> Void) throws {
            try withHako { hako in
                let volume = hako.path("volume")
                try host("mkdir", volume)
                let script = "i=0; while :; do i=$((i+1)); echo $i > /volume/new; mv /volume/new /volume/count; sleep 0.1; done"
                let bundle = try Bundle(hako, ["sh", "-c", script]) { config in
                    var mounts = config["mounts"] as? [[String: Any]] ?? []
                    mounts.append(["destination": "/volume", "type": "bind", "source": volume, "options": ["bind", "rw"]])
                    config["mounts"] = mounts
                    config.at("linux", "resources", ["pids": ["limit": 30]])
                }
                let start = "exec \"$@\" </dev/null >/dev/null 2>&1"
                let words = hako.runtimeWords(["run", "--detach", "--bundle", bundle.path, "c1"])
                let started = try hako.spawn(["sh", "-c", start, "sh"] + words).finish()
                #expect(started.status == 0, "\(started)")
                defer { _ = try? hako.runtime("delete", "--force", "c1") }
                func count() throws -> Int { Int(try host("cat", "\(volume)/count").text) ?? 0 }
                #expect(try eventually { try count() > 3 })
                try body(hako, count)
            }
        }

        @Test func aContainerGoesOnWhereItWas() throws {
            try withCounting { hako, count in
                let images = hako.path("images")
                let saved = try hako.runtime("checkpoint", "--image-path", images, "c1", within: 60)
                #expect(saved.status == 0 && saved.err == "", "\(saved)")
                #expect(try hako.runtime("state", "c1").err.contains("does not exist"))
                let before = try count()
                let words = ["restore", "--detach", "--image-path", images, "--bundle", hako.path("bundle"), "c1"]
                let restored = try hako.spawn(hako.runtimeWords(words)).finish(within: 60)
                #expect(restored.status == 0, "\(restored)")
                #expect(try eventually { try count() > before + 3 }, "it does not go on from \(before)")
                #expect(try hako.runtime("state", "c1").out.contains("running"))
                let inside = try hako.runtime("exec", "c1", "cat", "/proc/self/cgroup", "/sys/fs/cgroup/pids.max")
                #expect(inside.lines == ["0::/", "30"], "\(inside)")
                #expect(try hako.runtime("exec", "c1", "cat", "/proc/kcore").text == "")
                #expect(try hako.runtime("delete", "--force", "c1").status == 0)
            }
        }

        @Test func itGoesOnWhenAsked() throws {
            try withCounting { hako, count in
                let parent = try hako.runtime("checkpoint", "--pre-dump", "--image-path", hako.path("images/1"), "c1", within: 60)
                #expect(parent.status == 0, "\(parent)")
                let saved = try hako.runtime(
                    "checkpoint", "--leave-running", "--parent-path", "../1", "--image-path", hako.path("images/2"), "c1",
                    within: 60)
                #expect(saved.status == 0, "\(saved)")
                let before = try count()
                #expect(try eventually { try count() > before })
            }
        }

        /// In a network namespace of its own: `$1` is the directory, what follows the runtime and its flags.
        private func migrate(_ hako: Hako, _ script: String) throws -> Outcome {
            let words = [
                "unshare", "--net", "sh", "-euc", "ip link set lo up; cd \"$1\"; shift; \(script)", "sh", hako.directory,
            ]
            return try hako.spawn(words + hako.runtimeWords([])).finish(within: 120)
        }

        @Test func theMemoryGoesToAPageServer() throws {
            try withCounting { hako, count in
                let script = """
                    mkdir -m 700 images
                    criu page-server --images-dir images --address 127.0.0.1 --port 7001 --daemon </dev/null >/dev/null 2>&1
                    "$@" checkpoint --page-server 127.0.0.1:7001 --image-path images --work-path . c1
                    ls images | grep -c '^pages-'
                    "$@" restore --detach --image-path images --bundle bundle c1 </dev/null >/dev/null 2>&1
                    """
                let before = try count()
                let moved = try migrate(hako, script)
                #expect(moved.status == 0 && (Int(moved.text) ?? 0) > 0, "\(moved)")
                #expect(try eventually { try count() > before + 3 }, "it does not go on from \(before)")
            }
        }

        @Test func theMemoryIsFetchedWhenItIsUsed() throws {
            try withCounting { hako, count in
                let script = """
                    mkfifo status
                    "$@" checkpoint --lazy-pages --page-server 127.0.0.1:7002 --status-fd 7 --image-path images --work-path . c1 7>status &
                    head -c 1 status | wc -c
                    criu lazy-pages --page-server --address 127.0.0.1 --port 7002 --images-dir images --work-dir . >/dev/null 2>&1 &
                    while ! [ -e lazy-pages.socket ]; do sleep 0.1; done
                    "$@" restore --detach --lazy-pages --image-path images --work-path . --bundle bundle c2 </dev/null >/dev/null 2>&1
                    wait
                    """
                defer { _ = try? hako.runtime("delete", "--force", "c2") }
                let before = try count()
                let moved = try migrate(hako, script)
                #expect(moved.status == 0 && moved.text == "1", "\(moved)")
                #expect(try eventually { try count() > before + 3 }, "it does not go on from \(before)")
                #expect(try hako.runtime("state", "c2").out.contains("running"))
            }
        }

        @Test(.requires(Machine.exists("/usr/bin/podman"), "podman is not installed"))
        func podmanWritesAndRestores() throws {
            try withHako { hako in
                try host("mkdir", hako.path("w"))
                let environment = Machine.environment.merging([
                    "RUNTIME": Machine.runtime, "WORK": hako.path("w"), "ROOTFS": "\(Machine.rootfs)/busybox",
                    "HOME": hako.directory,
                ]) { $1 }
                let script = "\(Machine.scripts)/peers/checkpoint.sh"
                let result = try Child(["unshare", "--mount", "--propagation", "private", script], environment: environment)
                    .finish(within: 60)
                #expect(result.status == 0 && result.lines.count == 7 && !result.timedOut, "\(result)")
            }
        }

        @Test func whatCannotBeSaysSo() throws {
            try withCounting { hako, count in
                let before = try count()
                for words in [
                    ["restore", "--image-path", hako.path("none"), "--bundle", hako.path("bundle"), "c2"],
                    ["restore", "--image-path", hako.path("none"), "--bundle", hako.path("bundle"), "c1"],
                    ["checkpoint", "--lazy-pages", "c1"], ["checkpoint", "--page-server", "nowhere", "c1"],
                    ["checkpoint", "--status-fd", "5", "c1"], ["checkpoint", "none"],
                    ["checkpoint", "--manage-cgroups-mode", "full", "c1"],
                ] {
                    let result = try hako.spawn(hako.runtimeWords(words)).finish()
                    #expect(result.status == 1 && result.oneErrorLine, "\(words): \(result)")
                }
                #expect(try eventually { try count() > before })
            }
        }
    }
}
