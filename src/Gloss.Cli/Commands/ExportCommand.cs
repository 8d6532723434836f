using System.CommandLine;
using System.Globalization;
using Gloss.Cli.CommandLine;
using Gloss.Cli.Search;
using Gloss.Search;
using Gloss.Torch;

namespace Gloss.Cli.Commands;

/// <summary><c>gloss export</c>: tags and captions of the catalogue into the files that other programs read.</summary>
internal static class ExportCommand
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var command = new Command("export",
            "Write tags and captions of the catalogue for other programs; the pictures themselves are never touched.");
        var format = new Argument<string>("format")
        {
            Description =
                "xmp (photo.jpg.xmp beside each picture, merged), txt (photo.txt beside each), csv or jsonl (one "
                + "list).",
        };
        format.AcceptOnlyFromAmong("xmp", "txt", "csv", "jsonl");
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The file of csv and jsonl; else standard output.",
        };
        var lines = new Option<bool>("--lines") { Description = "txt: a tag a line, instead of commas between them." };
        var caption = new Option<bool>("--caption") { Description = "txt: the caption first, where there is one." };
        var overwrite = new Option<bool>("--overwrite")
        {
            Description = "txt: replace files also that Gloss did not write.",
        };
        var root = new Option<string?>("--root")
        {
            Description = "xmp: a tag above all tags in the fields with hierarchies, such as Gloss.",
        };
        var shortNames = new Option<bool>("--short-names")
        {
            Description =
                "xmp: photo.xmp, as Adobe's programs call it beside a raw file, instead of photo.jpg.xmp; a photo.xmp "
                + "alone is always merged.",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "xmp, txt: only say which files would be written." };
        command.Arguments.Add(format);
        foreach (var option in new Option[] { output, lines, caption, overwrite, root, shortNames, dryRun })
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            var chosen = result.GetValue(format);
            if (result.GetValue(output) is not null && chosen is "xmp" or "txt")
                result.AddError($"--output is for csv and jsonl: {chosen} files lie beside the pictures");
            if (result.GetValue(output) is not null && chosen is not ("csv" or "jsonl"))
                return;
            if ((result.GetValue(lines) || result.GetValue(caption) || result.GetValue(overwrite)) && chosen != "txt")
                result.AddError("--lines, --caption and --overwrite are for txt");
            if ((result.GetValue(root) is not null || result.GetValue(shortNames)) && chosen != "xmp")
                result.AddError("--root and --short-names are for xmp");
        });
        var filter = new FilterArguments(command);
        var catalogue = new CatalogueArguments(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(() =>
        {
            using var opened = catalogue.Open(parsed);
            var search = new CatalogueSearch(opened);
            var chosen = filter.Read(parsed);
            var pictures = search.Ids(chosen).Select(id => search.Read(id, chosen.Threshold))
                .OfType<CataloguedPicture>().Select(picture =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                return picture;
            });
            var kind = parsed.GetRequiredValue(format);
            if (kind is "csv" or "jsonl")
                return List(parsed, pictures, kind, parsed.GetValue(output));
            var texts = new TextSidecar(opened);
            var run = new SidecarRun(parsed.InvocationConfiguration, parsed.GetValue(dryRun));
            foreach (var picture in pictures)
            {
                if (kind == "xmp")
                    run.Xmp(picture, parsed.GetValue(root), parsed.GetValue(shortNames));
                else
                    run.Text(texts, picture, Content(picture, parsed.GetValue(lines), parsed.GetValue(caption)),
                        parsed.GetValue(overwrite));
            }
            return run.End();
        }, cancellationToken));
        return command;
    }

    private static string Content(CataloguedPicture picture, bool hasLines, bool hasCaption)
    {
        var tags = picture.Tags.Select(tag => tag.Name);
        var items = hasCaption && picture.Caption is { } caption ? tags.Prepend(caption) : tags;
        return string.Join(hasLines ? "\n" : ", ", items) + "\n";
    }

    private static int List(ParseResult parsed, IEnumerable<CataloguedPicture> pictures, string kind, string? file)
    {
        var count = 0;
        void Write(TextWriter writer)
        {
            if (kind == "csv")
                writer.Write("path,width,height,taken,caption,tags,scores\n");
            foreach (var picture in pictures)
            {
                writer.Write(kind == "csv" ? Row(picture) : FoundPicture.ToJson(picture));
                writer.Write('\n');
                count++;
            }
        }
        if (file is null)
        {
            Write(parsed.InvocationConfiguration.Output);
        }
        else
        {
            AtomicFile.WriteText(file, Write);
        }
        return count > 0 ? ExitCode.Done : ExitCode.NothingFound;
    }

    // RFC 4180, with LF.
    private static string Row(CataloguedPicture picture) => string.Join(',', new[]
    {
        picture.Path, picture.Width.ToString(CultureInfo.InvariantCulture),
        picture.Height.ToString(CultureInfo.InvariantCulture),
        picture.Taken.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture), picture.Caption ?? "",
        string.Join("; ", picture.Tags.Select(tag => tag.Name)),
        string.Join("; ", picture.Tags.Select(tag => tag.Score.ToString("F4", CultureInfo.InvariantCulture))),
    }.Select(value => value.AsSpan().ContainsAny(",\"\n\r")
        ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value));
}
