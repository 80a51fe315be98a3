import Linux
import Testing

@testable import Images

@Suite struct LayerDiffTests {
    private func lines(_ changes: [Change]) -> [String] { changes.map { "\($0.kind.rawValue) \($0.path)" } }

    @Test func addedChangedDeleted() throws {
        try withScratch { scratch in
            try scratch.shell(
                """
                mkdir -p low/etc/conf low/usr/bin low/old/sub low/tmp low/same; echo 1 > low/etc/hosts
                echo 1 > low/usr/bin/a; echo 1 > low/old/f
                cp -a low up; rm -r up/usr up/old up/same; rm up/etc/hosts; rmdir up/etc/conf
                echo 2 > up/etc/hosts; mkdir -p up/new/d; echo 3 > up/new/d/f; ln -s x up/etc/link
                touch -r low/etc up/etc; touch -r low/tmp up/tmp
                mkdir -p up/usr/bin; mknod up/usr/bin/a c 0 0; mknod up/old c 0 0; mknod up/never c 0 0
                touch -r low/usr up/usr; touch -r low/usr/bin up/usr/bin
                """)
            #expect(
                lines(try LayerDiff.changes(upper: scratch["up"], lowers: [scratch["low"]])) == [
                    "C /etc", "C /etc/hosts", "A /etc/link", "A /new", "A /new/d", "A /new/d/f", "D /old", "C /usr", "C /usr/bin",
                    "D /usr/bin/a",
                ])
        }
    }

    @Test func directoriesOnTheWayAreNoChange() throws {
        try withScratch { scratch in
            try scratch.shell("mkdir -p low/a/b low/m; cp -a low up; chmod 700 up/m")
            #expect(lines(try LayerDiff.changes(upper: scratch["up"], lowers: [scratch["low"]])) == ["C /m"])
        }
    }

    @Test func severalLowers() throws {
        try withScratch { scratch in
            try scratch.shell(
                """
                mkdir -p l1/d l2/d l2/hidden l2/opaque up/d up/hidden up/opaque; echo 1 > l2/d/two; echo 1 > l1/d/one
                echo 1 > l2/hidden/f
                echo 1 > l2/opaque/f; mknod l1/hidden c 0 0; mkdir l1/opaque
                touch -d @9 l1/d l2/d up/d l1/opaque up/opaque
                echo 2 > up/d/one; echo 2 > up/d/two; echo 2 > up/d/three; echo 2 > up/hidden/f; echo 2 > up/opaque/f
                touch -d @9 up/d up/opaque
                """)
            let l1 = try File.open(scratch["l1"], [.read, .directory])
            try l1.setAttribute(FileName("user.overlay.opaque"), of: FileName("opaque"), to: [0x79])
            #expect(
                lines(try LayerDiff.changes(upper: scratch["up"], lowers: [scratch["l1"], scratch["l2"]])) == [
                    "C /d", "C /d/one", "A /d/three", "C /d/two", "A /hidden", "A /hidden/f", "C /opaque", "A /opaque/f",
                ])
        }
    }

    @Test func whiteoutsAsAttributes() throws {
        try withScratch { scratch in
            try scratch.shell("mkdir -p low up; echo 1 > low/f; touch up/f up/empty")
            let up = try File.open(scratch["up"], [.read, .directory])
            try up.setAttribute(FileName("user.overlay.whiteout"), of: FileName("f"), to: [])
            #expect(lines(try LayerDiff.changes(upper: scratch["up"], lowers: [scratch["low"]])) == ["A /empty", "D /f"])
        }
    }

    /// The upper layer that the kernel itself writes.
    @Test(.enabled(if: isRoot, "mounts an overlay in a mount namespace of its own"), arguments: ["", ",userxattr"])
    func ofARealOverlay(_ option: String) throws {
        try withScratch { scratch in
            try scratch.shell(
                """
                mkdir -p low/etc low/dir/sub low/gone up work m; echo 1 > low/etc/passwd; echo 1 > low/dir/f
                echo 1 > low/gone/g
                """
            )
            try scratch.shell(
                """
                unshare -m sh -ec 'mount -t overlay overlay -o lowerdir=low,upperdir=up,workdir=work\(option) m
                echo 2 >> m/etc/passwd; rm -r m/gone; rm -r m/dir; mkdir m/dir; echo 1 > m/dir/new; mkdir m/a
                echo 1 > m/a/f; touch m/tmp; rm m/tmp'
                """)
            #expect(
                lines(try LayerDiff.changes(upper: scratch["up"], lowers: [scratch["low"]])) == [
                    "A /a", "A /a/f", "C /dir", "D /dir/f", "A /dir/new", "D /dir/sub", "C /etc", "C /etc/passwd", "D /gone",
                ])
            // The export shows what the mount showed.
            let file = try File.open(scratch["a.tar"], [.write, .create], mode: 0o644)
            try RootExporter.write(upper: scratch["up"], lowers: [scratch["low"]], to: file)
            #expect(
                try scratch.read("a.tar").map { $0.entry.path.description } == [
                    "./", "a/", "a/f", "dir/", "dir/new", "etc/", "etc/passwd",
                ])
        }
    }

    /// What hako makes to mount over is none of the container's changes, nor are the directories on the way.
    @Test func mountPointsAreNoChanges() throws {
        try withScratch { scratch in
            try scratch.shell(
                """
                mkdir -p low/etc low/srv up/etc up/data/in up/srv up/proc; touch up/etc/hosts up/srv/a up/srv/own; chmod 700 up/etc
                """)
            let changes = try LayerDiff.changes(
                upper: scratch["up"], lowers: [scratch["low"]], mountPoints: ["/etc/hosts", "/data/in", "/srv/a", "/proc"])
            #expect(lines(changes) == ["C /srv", "A /srv/own"])
        }
    }

    @Test func overThisMachinesRoot() throws {
        try withScratch { scratch in
            try scratch.shell(
                """
                mkdir -p up/etc up/hako-test-dir; echo x > up/etc/passwd; echo x > up/etc/hako-test-file
                mknod up/etc/group c 0 0
                """
            )
            #expect(
                lines(try LayerDiff.changes(upper: scratch["up"], lowers: ["/"])) == [
                    "C /etc", "D /etc/group", "A /etc/hako-test-file", "C /etc/passwd", "A /hako-test-dir",
                ])
        }
    }
}
