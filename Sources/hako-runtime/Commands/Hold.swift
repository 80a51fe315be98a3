import Flags
import Runtime

/// What runs in a pod's infra container.
struct Hold: RuntimeCommand {
    static let name = "hold"
    static let summary = "Keep the namespaces of a pod until SIGTERM."
    static let isHidden = true

    var globals = GlobalFlags()
    var words: [String] = []

    func run() throws -> Int32 {
        try Holder.run()
        return 0
    }
}
