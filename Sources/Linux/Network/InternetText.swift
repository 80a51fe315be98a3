internal import Glibc

/// Addresses of the Internet as people write them. inet(3).
public enum InternetText {
    /// Four or sixteen bytes, in the order of the network. inet_pton(3).
    public static func bytes(_ text: String) -> [UInt8]? {
        for (family, size) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: size)
            if unsafe inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }

    /// inet_ntop(3). - Precondition: `bytes` are four or sixteen.
    public static func text(of bytes: [UInt8]) -> String {
        precondition(bytes.count == 4 || bytes.count == 16)
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The number of a device of this network namespace, given by name or as a number; nil where there is none.
    /// if_nametoindex(3).
    package static func scope(_ text: String) -> UInt32? {
        if let number = UInt32(text) { return number }
        let index = unsafe if_nametoindex(text)
        return index == 0 ? nil : index
    }
}
