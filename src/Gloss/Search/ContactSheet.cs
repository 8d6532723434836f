using System.Globalization;
using System.Net;
using System.Text;
using Gloss.Images;
using Gloss.Torch;

namespace Gloss.Search;

/// <summary>
/// One HTML file that shows pictures: thumbnails inside the file, links to the originals, nothing loaded from
/// elsewhere, no script.
/// </summary>
public sealed class ContactSheet
{
    private const int Quality = 80;
    private const int TagsShown = 12;

    private const string Style = """
        :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --quiet: color-mix(in srgb, currentColor 62%, transparent); }
        * { box-sizing: border-box; }
        body { margin: 0; padding: 1.5rem clamp(1rem, 4vw, 3rem) 3rem; font: 15px/1.4 system-ui, sans-serif; background: light-dark(#fafafa, #161616); color: light-dark(#1c1c1c, #e8e8e8); }
        h1 { margin: 0; font-size: 1.35rem; font-weight: 650; overflow-wrap: anywhere; }
        h2 { margin: 2rem 0 .75rem; font-size: 1rem; font-weight: 600; }
        .count { margin: .15rem 0 1.25rem; color: var(--quiet); }
        .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; }
        figure { margin: 0; display: flex; flex-direction: column; border: 1px solid var(--line); border-radius: 10px; overflow: hidden; background: light-dark(#fff, #1f1f1f); }
        figure a { display: flex; aspect-ratio: 4 / 3; align-items: center; justify-content: center; background: light-dark(#efefef, #111); color: var(--quiet); text-decoration: none; }
        figure a:focus-visible { outline: 3px solid #3b82f6; outline-offset: -3px; }
        img { width: 100%; height: 100%; object-fit: contain; }
        figcaption { padding: .6rem .75rem .75rem; display: flex; flex-direction: column; gap: .35rem; }
        .name { display: flex; gap: .5rem; justify-content: space-between; font-size: .85rem; color: var(--quiet); }
        .name span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .score { font-variant-numeric: tabular-nums; }
        .tags { display: flex; flex-wrap: wrap; gap: .25rem; margin: 0; padding: 0; list-style: none; font-size: .78rem; }
        .tags li { padding: .05rem .5rem; border-radius: 99px; border: 1px solid var(--line); }
        .tags li.own { border-color: #3b82f6; }
        """;

    private readonly ImageDecoder decoder;
    private readonly int side;

    /// <summary>A sheet.</summary>
    /// <param name="side">The longer side of a thumbnail in pixels, 16–2048.</param>
    public ContactSheet(int side = 400)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(side, 2048);
        this.side = side;
        decoder = new ImageDecoder(new ImageDecoderOptions { MinimumSize = new ImageSize(side, side) });
    }

    /// <summary>Writes the file atomically; a picture that cannot be read is shown by its name.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="title">What was looked for.</param>
    /// <param name="groups">The pictures, under headings; an empty heading is left out. The note of a picture stands
    /// beside its name.</param>
    /// <param name="cancellationToken">Stops between pictures.</param>
    public void Write(string path, string title,
        IReadOnlyList<(string Heading, IReadOnlyList<(CataloguedPicture Picture, string Note)> Pictures)> groups,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(groups);
        AtomicFile.WriteText(path, writer => Write(writer, title, groups, cancellationToken));
    }

    internal void Write(TextWriter writer, string title,
        IReadOnlyList<(string Heading, IReadOnlyList<(CataloguedPicture Picture, string Note)> Pictures)> groups,
        CancellationToken cancellationToken)
    {
        var count = groups.Sum(group => group.Pictures.Count);
        writer.Write($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>{Escape(title)} · Gloss</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <h1>{Escape(title)}</h1>
            <p class="count">{count} {(count == 1 ? "picture" : "pictures")}{(groups.Count > 1 ? $" in {groups.Count} groups" : "")}</p>

            """);
        foreach (var (heading, pictures) in groups)
        {
            if (heading.Length > 0)
                writer.Write($"<h2>{Escape(heading)}</h2>\n");
            writer.Write("<div class=\"grid\">\n");
            foreach (var figure in pictures.AsParallel().AsOrdered().WithCancellation(cancellationToken)
                .Select(item => Figure(item.Picture, item.Note)))
                writer.Write(figure);
            writer.Write("</div>\n");
        }
        writer.Write("</body>\n</html>\n");
    }

    private string Figure(CataloguedPicture picture, string note)
    {
        var text = new StringBuilder();
        var about = picture.Caption ?? string.Join(", ", picture.Tags.Take(TagsShown).Select(tag => tag.Name));
        text.Append(CultureInfo.InvariantCulture,
            $"<figure><a href=\"{Escape(new Uri(picture.Path).AbsoluteUri)}\" title=\"{Escape(picture.Path)}\">");
        text.Append(Thumbnail(picture.Path) is { } thumbnail
            ? $"<img alt=\"{Escape(about)}\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(thumbnail)}\">"
                : "cannot be read");
        text.Append(CultureInfo.InvariantCulture,
            $"</a>\n<figcaption><div class=\"name\"><span>{Escape(Path.GetFileName(picture.Path))}</span><span "
            + $"class=\"score\">{Escape(note)}</span></div>");
        if (picture.Caption is { } caption)
            text.Append(CultureInfo.InvariantCulture, $"<div>{Escape(caption)}</div>");
        if (picture.Tags.Count > 0)
        {
            text.Append("<ul class=\"tags\">");
            foreach (var tag in picture.Tags.Take(TagsShown))
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"<li{(tag.IsByPerson ? " class=\"own\"" : "")} "
                    + $"title=\"{(tag.IsByPerson ? "added by you" : $"{tag.Score:F2}")}\">");
                text.Append(Escape(tag.Name)).Append("</li>");
            }
            text.Append("</ul>");
        }
        return text.Append("</figcaption></figure>\n").ToString();
    }

    private byte[]? Thumbnail(string path)
    {
        try
        {
            var picture = decoder.Decode(path);
            var scale = Math.Min(1, side / (double)Math.Max(picture.Width, picture.Height));
            var small = ImageResizer.Resize(picture, Math.Max(1, (int)Math.Round(picture.Width * scale)),
                Math.Max(1, (int)Math.Round(picture.Height * scale)),
                ResizeFilter.Bicubic);
            return ImageEncoder.Encode(small, ".jpg", Quality);
        }
        catch (ImageException)
        {
            return null;
        }
    }

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
