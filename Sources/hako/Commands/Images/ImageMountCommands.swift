internal import Engine
internal import Flags

/// A command that mounts or unmounts each image that is named.
protocol MountCommand: HakoCommand {
    func run(_ image: ImageRecord, _ mounts: ImageMount) throws(EngineError)
}

extension MountCommand {
    static var words: String { "IMAGE..." }
    static var wordCount: ClosedRange<Int> { 1...Int.max }

    func run() throws -> Int32 {
        let engine = try globals.engine()
        let mounts = try ImageMount(engine)
        for word in words { try run(try engine.requireImage(word), mounts) }
        return 0
    }
}

/// Mounts images, to look at what is in them.
struct ImageMountCommand: MountCommand {
    static let name = "image mount"
    static let summary = "Mount images read-only, and print where."

    var globals = GlobalFlags()
    var words: [String] = []

    func run(_ image: ImageRecord, _ mounts: ImageMount) throws(EngineError) { Report.line(try mounts.mount(image)) }
}

struct ImageUnmountCommand: MountCommand {
    static let name = "image unmount"
    static let summary = "Unmount images."

    var globals = GlobalFlags()
    var words: [String] = []

    func run(_ image: ImageRecord, _ mounts: ImageMount) throws(EngineError) { try mounts.unmount(image) }
}
