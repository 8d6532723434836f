namespace Gloss.Torch;

/// <summary>
/// What the readers of one file share: its mapping, its name for messages, and how much may be unpacked.
/// </summary>
internal sealed class CheckpointContext(string path, FileMapping mapping)
{
    private const long InflateAllowance = 256L << 20;
    private long inflated;

    public string Path { get; } = path;

    public FileMapping Mapping { get; } = mapping;

    /// <summary>An error that names the file.</summary>
    public CheckpointException Broken(string what, string? hint = null) =>
        new(
            $"{Path} cannot be read as a checkpoint · {what} · hint: "
            + $"{hint ?? "is the download complete, and from whom is it?"}");

    /// <summary>
    /// Counts memory for compressed entries. Weights hardly shrink: a file that unpacks to more than four times its
    /// size (and more than 256 MiB) is refused.
    /// </summary>
    public void TakeInflated(long bytes, string what)
    {
        inflated = checked(inflated + bytes);
        if (inflated > Math.Max(InflateAllowance, 4 * Mapping.Length))
            throw Broken(
                $"'{what}' would bring the unpacked data to {inflated:N0} bytes, of a file of {Mapping.Length:N0}");
    }
}
