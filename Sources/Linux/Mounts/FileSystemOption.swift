/// An option of a file system's own: `key=value`, or a flag where the value is nil. fsconfig(2).
public struct FileSystemOption: Sendable, Equatable {
    public var key: String
    public var value: String?

    public init(_ key: String, _ value: String? = nil) {
        self.key = key
        self.value = value
    }
}
