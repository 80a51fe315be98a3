import Foundation
import Testing

extension IntegrationTests {
    /// Copying while the container swaps names: CVE-2018-15664, CVE-2019-14271, CVE-2019-10152 and their kin.
    @Suite(.fastMachine) struct CopyEscapeTests {
        /// A container whose processes swap /w/dir and /w/link, which leads to `outside` of this machine, over and over.
        private func withSwapper(_ who: Identity, _ body: (Hako, String) throws -> Void) throws {
            try withHako(who) { hako in
                let outside = hako.path("outside")
                try host(
                    "sh", "-c",
                    """
                    cd \(hako.directory) && mkdir outside mine to w w/dir w/dir/sub && echo secret > outside/file && \
                    echo inner > w/dir/file && echo mine > mine/new && mkdir mine/sub && echo mine > mine/sub/deep && \
                    ln -s ../../../../../../../../..\(outside) w/link && mkdir outside/sub
                    """)
                try attack("swap", to: hako.path("w/swap"))
                _ = try host(
                    "chown", "-hR", "\(who.id):\(who.id)", hako.path("outside"), hako.path("mine"), hako.path("to"),
                    hako.path("w"))
                let started = try hako.run(
                    "-d", "--name", "c1", "-v", "\(hako.path("w")):/w", "--", "/w/swap", "/w/dir", "/w/link")
                #expect(started.status == 0, "\(started)")
                try body(hako, outside)
                #expect(try hako("ps", "-q").text != "", "the swapper ended")
                #expect(try host("find", outside, "-mindepth", "1").lines.sorted() == ["\(outside)/file", "\(outside)/sub"])
                #expect(try host("cat", "\(outside)/file").text == "secret")
            }
        }

        @Test(arguments: Identity.allCases)
        func nothingIsWrittenOutside(_ who: Identity) throws {
            try withSwapper(who) { hako, _ in
                var done = 0
                for number in 0..<60 {
                    let target = ["/w/dir", "/w/dir/sub", "/w/dir/file", "/w/link/new", "/w/dir/sub/deep/"][number % 5]
                    let source = ["mine", "mine/.", "mine/new", "mine/new", "mine/sub"][number % 5]
                    if try hako("cp", source, "c1:\(target)").status == 0 { done += 1 }
                }
                #expect(done > 5, "only \(done) copies went well")
            }
        }

        @Test(arguments: Identity.allCases)
        func nothingIsReadOutside(_ who: Identity) throws {
            try withSwapper(who) { hako, _ in
                var done = 0
                for number in 0..<60 {
                    let source = ["/w/dir/file", "/w/dir", "/w/link/file", "/w/dir/.", "/w/link"][number % 5]
                    let words = ["cp"] + (number % 2 == 0 ? ["-L"] : []) + ["c1:\(source)", "to/\(number)"]
                    if try hako.spawn(hako.hakoWords(words)).finish().status == 0 { done += 1 }
                }
                #expect(done > 5, "only \(done) copies went well")
                #expect(try host("grep", "-r", "secret", hako.path("to")).text == "")
            }
        }

        /// A container's links of any kind lead nowhere outside of it, running or not.
        @Test(arguments: Identity.allCases, [true, false])
        func linksStayInside(_ who: Identity, _ runs: Bool) throws {
            try withHako(who) { hako in
                let outside = hako.path("outside")
                try host(
                    "sh", "-c",
                    """
                    mkdir \(outside) && echo secret > \(outside)/file && cd \(hako.rootfs) && ln -s \(outside) abs && \
                    ln -s ../../../../../../..\(outside) up && ln -s \(outside)/file file && ln -s /proc/1/root/etc root && \
                    ln -s \(outside)/made dangling && chown -h \(who.id) abs up file root dangling \(outside)
                    """)
                let made = try hako.run("-d", "--name", "c1", "--", "sleep", "1000")
                #expect(made.status == 0, "\(made)")
                if !runs { #expect(try hako("kill", "c1").status == 0 && hako("wait", "c1").status == 0) }
                let mine = try hako.write("mine", to: "mine.txt")
                for path in ["/abs/x", "/up/x", "/file", "/dangling", "/abs/file", "/root/x"] {
                    _ = try hako("cp", mine, "c1:\(path)")
                }
                for path in ["/abs/file", "/up/file", "/file", "/root/passwd"] {
                    _ = try hako("cp", "-L", "c1:\(path)", "got")
                    #expect(try host("sh", "-c", "cat \(hako.path("got"))* 2>&1").out.contains("secret") == false, "\(path)")
                }
                #expect(try host("ls", outside).text == "file")
                #expect(try host("cat", "\(outside)/file").text == "secret")
            }
        }
    }
}
