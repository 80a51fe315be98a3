import Dispatch
import Linux
import Synchronization
import Testing

@testable import Images

@Suite struct TreeRemoverTests {
    @Test func everythingGoes() throws {
        try withScratch { scratch in
            try scratch.shell(
                "mkdir -p t/a/b t/c 'outside'; touch t/a/b/f outside/keep; ln -s ../outside t/link; ln -s . t/self; mkfifo t/p")
            try TreeRemover.remove(scratch["t"])
            #expect(try scratch.shell("ls -A; ls outside") == "outside\nkeep\n")
            try TreeRemover.remove(scratch["t"])
            try TreeRemover.remove(scratch["none/t"])
        }
    }

    @Test func aLinkIsNotFollowed() throws {
        try withScratch { scratch in
            try scratch.shell("mkdir outside; touch outside/keep; ln -s outside link")
            try TreeRemover.remove(scratch["link"])
            #expect(try scratch.shell("ls -A; ls outside") == "outside\nkeep\n")
        }
    }

    /// As when `system check` comes upon a container that is being removed.
    @Test func twoAtTheSameTree() throws {
        try withScratch { scratch in
            for _ in 0..<50 {
                try scratch.shell("bash -c 'mkdir -p t/{a..d}/{a..d}/{a..d}; touch t/{a..d}/{a..d}/{a..d}/{f,g}'")
                let errors = Mutex<[any Error]>([])
                DispatchQueue.concurrentPerform(iterations: 3) { _ in
                    do { try TreeRemover.remove(scratch["t"]) } catch { errors.withLock { $0.append(error) } }
                }
                #expect(errors.withLock { $0.map { "\($0)" } } == [])
                #expect(!File.exists(scratch["t"]))
            }
        }
    }

    /// Far deeper than a path or the stack allows.
    @Test func deepTrees() throws {
        try withScratch { scratch in
            try scratch.makeDirectory("t")
            try scratch.shell(
                "python3 -c \"import os\nos.chdir('t')\nfor i in range(20000): os.mkdir('dddddddddd'); os.chdir('dddddddddd')\"")
            try TreeRemover.remove(scratch["t"])
            #expect(!File.exists(scratch["t"]))
        }
    }

    @Test(.enabled(if: isRoot, "becomes another user")) func unreadableDirectories() throws {
        try withScratch { scratch in
            try scratch.shell(
                """
                mkdir -p own/t/a/b own/t/c; touch own/t/a/b/f own/t/c/g; chmod 0 own/t/a/b own/t/a; chmod 500 own/t/c
                chmod 300 own/t; chown -R 65534 own
                """
            )
            try asUser(65534) { try TreeRemover.remove(scratch["own/t"]) }
            #expect(try scratch.shell("ls own") == "")
        }
    }

    @Test(.enabled(if: isRoot, "becomes another user")) func otherPeoplesFiles() throws {
        try withScratch { scratch in
            try scratch.shell("mkdir -p own/t; chown 65534 own; touch own/t/f")
            let error = try asUser(65534) { () -> ImagesError? in
                do { try TreeRemover.remove(scratch["own/t"]) } catch { return error as? ImagesError }
                return nil
            }
            #expect(error?.code == .permission)
            #expect(File.exists(scratch["own/t/f"]))
        }
    }

    @Test(.enabled(if: isRoot, "sets the immutable flag")) func immutableFiles() throws {
        try withScratch { scratch in
            try scratch.shell("mkdir t; touch t/f; chattr +i t/f")
            defer { _ = try? scratch.shell("chattr -i t/f") }
            let error = #expect(throws: ImagesError.self) { try TreeRemover.remove(scratch["t"]) }
            #expect(error?.message.hasPrefix("cannot delete \(scratch["t"]): \"f\" in it: Operation not permitted") == true)
            #expect(error?.message.contains("chattr -ia") == true)
        }
    }

    @Test(arguments: ["/", ".", "..", "a/.."])
    func pathsThatNameNothing(_ path: String) { #expect(throws: ImagesError.self) { try TreeRemover.remove(path) } }
}
