using System.CommandLine;
using System.Xml;
using Gloss.Cli.CommandLine;
using Gloss.Search;
using Gloss.Torch;

namespace Gloss.Cli.Search;

/// <summary>
/// Writes sidecars and counts what becomes of each; one that cannot be written is a line on standard error, and the
/// rest goes on.
/// </summary>
internal sealed class SidecarRun(InvocationConfiguration streams, bool isDry)
{
    private readonly Dictionary<string, string> owners = new(StringComparer.Ordinal);
    private (int Written, int Unchanged, int Failed) counts;

    /// <summary>Tags and caption of a picture as XMP, merged into what is there.</summary>
    public void Xmp(CataloguedPicture picture, string? root, bool isShort)
    {
        var path = XmpSidecar.PathOf(picture.Path, isShort);
        Try(picture, path, () =>
        {
            var bytes = XmpSidecar.Merge(File.Exists(path) ? File.ReadAllBytes(path) : null,
                [.. picture.Tags.Select(tag => tag.Name)], picture.Caption, root);
            if (bytes is not null && !isDry)
                AtomicFile.Write(path, stream => stream.Write(bytes));
            return bytes is not null;
        });
    }

    /// <summary>A text file beside a picture.</summary>
    public void Text(TextSidecar sidecar, CataloguedPicture picture, string content, bool replacesForeign)
    {
        var path = TextSidecar.PathOf(picture.Path);
        Try(picture, path, () =>
        {
            if (File.Exists(path) && File.ReadAllText(path) == content)
                return false;
            if (isDry ? !replacesForeign && !sidecar.IsOwn(path) : !sidecar.Write(path, content, replacesForeign))
                throw new IOException("the file is not one that Gloss wrote · hint: --overwrite replaces it");
            return true;
        });
    }

    /// <summary>Says what was done; returns the exit code.</summary>
    public int End()
    {
        var (written, unchanged, failed) = counts;
        streams.Output.WriteLine(
            $"{written} {(isDry ? "to be written" : "written")}, {unchanged} "
            + $"unchanged{(failed > 0 ? $", {failed} failed" : "")}");
        return failed > 0 || written + unchanged == 0 ? ExitCode.NothingFound : ExitCode.Done;
    }

    private void Try(CataloguedPicture picture, string path, Func<bool> write)
    {
        try
        {
            // Of a disk that is not plugged in not even the folder is made.
            if (!File.Exists(picture.Path))
                throw new FileNotFoundException(
                    "its picture is not there now · hint: gloss index brings the catalogue up to date");
            // Two pictures that differ only in their ending: what one writes the next run would replace by the other's.
            if (!owners.TryAdd(path, picture.Path))
                throw new IOException(
                    $"it is the file of {owners[path]} already · hint: give {Path.GetFileName(picture.Path)} another "
                    + $"name");
            if (!write())
            {
                counts.Unchanged++;
                return;
            }
            counts.Written++;
            if (isDry)
                streams.Output.WriteLine(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or XmlException)
        {
            counts.Failed++;
            var what = cause is XmlException
                ? $"what is there is no XMP: {cause.Message} · hint: move it away, and a new one is written"
                : cause.Message;
            streams.Error.WriteLine($"{GlossCommandLine.Name}: not written · {path} · {what}");
        }
    }
}
