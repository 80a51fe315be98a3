/// How a container ended, as it is kept on disk.
struct ExitRecord {
    var code: Int32
    var outOfMemory: Bool
    var startedAt: String
    var finishedAt: String

    var json: [UInt8] {
        let signal = code > 128 ? "\(code - 128)" : "null"
        return Array(
            """
            {"exitCode":\(code),"signal":\(signal),"outOfMemory":\(outOfMemory),\
            "startedAt":"\(startedAt)","finishedAt":"\(finishedAt)"}

            """.utf8)
    }
}
