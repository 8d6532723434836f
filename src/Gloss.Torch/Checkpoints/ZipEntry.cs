namespace Gloss.Torch;

/// <summary>One file of a zip archive.</summary>
/// <param name="Name">Path in the archive.</param>
/// <param name="Start">First byte of the data in the file.</param>
/// <param name="PackedLength">Bytes it takes there.</param>
/// <param name="Length">Bytes it claims to have when unpacked.</param>
/// <param name="IsCompressed">Whether it is deflated.</param>
internal sealed record ZipEntry(string Name, long Start, long PackedLength, long Length, bool IsCompressed);
