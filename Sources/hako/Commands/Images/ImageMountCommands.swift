internal import Engine
internal import Flags

/// Mounts images, to look at what is in them.
struct ImageMountCommand: HakoCommand {
    static let name = "image mount"
    static let summary = "Mount images read-only, and print where."
    static let words = "IMAGE..."
    static let wordCount = 1...Int.max

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let mounts = try ImageMount(engine)
        for word in words { Report.line(try mounts.mount(try engine.requireImage(word))) }
        return 0
    }
}

struct ImageUnmountCommand: HakoCommand {
    static let name = "image unmount"
    static let summary = "Unmount images."
    static let words = "IMAGE..."
    static let wordCount = 1...Int.max

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let mounts = try ImageMount(engine)
        for word in words { try mounts.unmount(try engine.requireImage(word)) }
        return 0
    }
}
