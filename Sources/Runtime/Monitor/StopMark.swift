internal import Linux

/// Somebody asked the container to end: it does not start again by itself. The file `stopped` in the bundle.
package enum StopMark {
    package static func path(_ bundle: String) -> String { "\(bundle)/stopped" }
    package static func isSet(in bundle: String) -> Bool { File.exists(path(bundle)) }

    /// Only where there is a policy that would start it again.
    package static func set(in bundle: String) {
        guard File.exists(MonitorPolicy.path(bundle)) else { return }
        try? File.replace(path(bundle), with: [], mode: 0o600, durable: true)
    }

    package static func clear(in bundle: String) { try? File.remove(path(bundle)) }
}
