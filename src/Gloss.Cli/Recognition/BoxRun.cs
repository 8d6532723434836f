using System.CommandLine;
using System.Globalization;
using Gloss.Cli.CommandLine;
using Gloss.Images;
using Gloss.Inference.Grounding;

namespace Gloss.Cli.Recognition;

/// <summary>Prints boxes as they are found, and writes the files that were asked for.</summary>
internal sealed class BoxRun(InvocationConfiguration streams, ResultForm form) : IDisposable
{
    private readonly PictureProgress progress = new(streams.Error);
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);
    private readonly HashSet<int> numbered = [];

    /// <summary>A picture file, or a folder; null: nothing is drawn.</summary>
    public string? Draw { get; init; }

    /// <summary>A folder; null: nothing is cut out.</summary>
    public string? Crops { get; init; }

    /// <summary>A file; null: not written, as those below.</summary>
    public string? CocoResults { get; init; }

    /// <summary>A file.</summary>
    public string? Coco { get; init; }

    /// <summary>A folder.</summary>
    public string? Yolo { get; init; }

    /// <summary>A folder.</summary>
    public string? LabelMe { get; init; }

    private bool DrawsFile => Path.HasExtension(Draw) && !Directory.Exists(Draw);

    /// <summary>The pictures, after a look at whether what is drawn has a place for them all.</summary>
    /// <exception cref="ArgumentException">One file is to be drawn for several pictures, or in a form that is not
    /// written.</exception>
    public IEnumerable<ImageFile> Check(IEnumerable<ImageFile> files)
    {
        if (!DrawsFile)
            return files;
        ImageEncoder.CheckExtension(Path.GetExtension(Draw)!);
        // The list may come from standard input: what was read of it is kept.
        var first = files.Take(2).ToArray();
        return first.Length < 2 ? first : throw new ArgumentException(
            $"--draw {Draw} is one file for several pictures · {first[0].Path}, {first[1].Path}, … · hint: give a "
            + $"folder");
    }

    /// <summary>Writes lines to standard error.</summary>
    public void SayAll(IEnumerable<string> messages)
    {
        foreach (var message in messages)
            progress.Say($"{GlossCommandLine.Name}: {message}");
    }

    /// <summary>
    /// Prints one result a picture; a picture that cannot be read is a line on standard error, and in JSON an object
    /// with <c>error</c>. Returns 1 when a picture failed or nothing was found in any. <paramref name="tags"/> is
    /// complete once all pictures were drawn.
    /// </summary>
    public int Print(IEnumerable<GroundedImage> images, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        var (done, failed, found) = (0, 0, 0);
        var all = new List<GroundedImage>();
        var output = streams.Output;
        using var list = new ResultList(output, form);
        foreach (var image in images)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (image.Error is { } fault)
            {
                SayAll([fault.Message]);
                failed++;
            }
            else
            {
                found += image.Boxes.Count > 0 ? 1 : 0;
                failed += WriteFiles(image) ? 0 : 1;
            }
            if (form != ResultForm.Text)
                list.Add(BoxResult.ToJson(image));
            else if (image.Error is null)
                output.Write(Text(image));
            if ((CocoResults is not null || Coco is not null) && image.Error is null)
                all.Add(image with { Picture = null });
            done++;
            progress.Report(done);
        }
        if (CocoResults is not null)
            BoxFiles.Write(CocoResults, BoxFiles.CocoResults(all));
        if (Coco is not null)
            BoxFiles.Write(Coco, BoxFiles.CocoAnnotations(all, tags));
        if (Yolo is not null)
            BoxFiles.Write(Path.Combine(Yolo, "classes.txt"), string.Concat(tags.Select(t => t + "\n")));
        return failed > 0 || found == 0 ? ExitCode.NothingFound : ExitCode.Done;
    }

    /// <inheritdoc/>
    public void Dispose() => progress.Dispose();

    // Whether all was written.
    private bool WriteFiles(GroundedImage image)
    {
        if (Draw is null && Crops is null && Yolo is null && LabelMe is null)
            return true;
        var isWhole = true;
        var name = BoxFiles.NameFor(image.Path, taken);
        if (Draw is not null)
        {
            var labels = image.Boxes.Select(b => new LabelledBox(b.Box.X, b.Box.Y, b.Box.Width, b.Box.Height, b.Name,
                string.Create(CultureInfo.InvariantCulture, $"{Label(b)} {b.Score:F2}"))).ToList();
            var target = DrawsFile ? Draw : Path.Combine(Draw, name + ".jpg");
            DrawnPicture.CheckTarget("--draw", target, image.Path);
            isWhole &= Save(BoxDrawing.Draw(image.Picture!, labels), target);
        }
        if (Crops is not null)
            isWhole &= WriteCrops(image, name, Crops);
        if (Yolo is not null)
            BoxFiles.Write(Path.Combine(Yolo, name + ".txt"), BoxFiles.Yolo(image));
        if (LabelMe is not null)
            BoxFiles.Write(Path.Combine(LabelMe, name + ".json"),
                BoxFiles.LabelMe(image, Path.GetRelativePath(LabelMe, image.Path)));
        return isWhole;
    }

    // A tag that the drawing has no letters for is drawn by its number.
    private string Label(GroundedBox box)
    {
        if (BoxDrawing.CanWrite(box.Name))
            return box.Name;
        if (numbered.Add(box.Tag))
            SayAll([$"drawn as #{box.Tag + 1}: {box.Name} · drawings have Latin letters alone"]);
        return $"#{box.Tag + 1}";
    }

    private bool WriteCrops(GroundedImage image, string name, string folder)
    {
        var picture = image.Picture!;
        var isWhole = true;
        for (var i = 0; i < image.Boxes.Count; i++)
        {
            var (_, tag, box, _) = image.Boxes[i];
            var (left, top) = ((int)Math.Floor(box.X), (int)Math.Floor(box.Y));
            var part = new PixelRectangle(left, top,
                Math.Clamp((int)Math.Ceiling(box.X + box.Width), left + 1, picture.Width) - left,
                Math.Clamp((int)Math.Ceiling(box.Y + box.Height), top + 1, picture.Height) - top);
            var word = new string([.. tag.Select(c => char.IsLetterOrDigit(c) ? c : '-').Take(40)]);
            isWhole &= Save(picture.Crop(part),
                Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{name}-{i + 1:D2}-{word}.jpg")));
        }
        return isWhole;
    }

    // A picture that the file's format cannot hold is told, and the rest goes on; a disk that takes nothing ends the
    // run.
    private bool Save(RgbImage picture, string path)
    {
        try
        {
            ImageEncoder.Save(picture, path);
            return true;
        }
        catch (ImageException error) when (error.InnerException is ImageException)
        {
            SayAll([error.Message]);
            return false;
        }
    }

    private static string Text(GroundedImage image) => image.Boxes.Count == 0 ? $"{image.Path}: nothing found\n"
        : string.Concat(image.Boxes.Select(b => string.Create(CultureInfo.InvariantCulture,
            $"{image.Path}: {b.Name} {b.Score:F2} at {b.Box.X:F0},{b.Box.Y:F0} {b.Box.Width:F0}x{b.Box.Height:F0}\n")));
}
