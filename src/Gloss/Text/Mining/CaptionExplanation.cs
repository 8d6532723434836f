using System.Text;
using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>Shows how a caption becomes tags: its tree, its scene graph, its tags, as text for a terminal.</summary>
public static class CaptionExplanation
{
    /// <summary>The text, lines ended by LF.</summary>
    public static string Write(TagMiner miner, string caption)
    {
        ArgumentNullException.ThrowIfNull(miner);
        ArgumentNullException.ThrowIfNull(caption);
        var text = new StringBuilder("tree\n");
        var sentences = miner.Parse(caption);
        foreach (var sentence in sentences)
            WriteNode(text, sentence, -1, "  ");
        var moved = sentences.SelectMany(Moved).ToList();
        if (moved.Count > 0)
            text.Append("moved\n").AppendJoin("", moved);
        var graph = miner.ReadScene(caption);
        text.Append("entities\n");
        foreach (var e in graph.Entities)
        {
            var type = e.Type?.ToString().ToLowerInvariant() ?? "no tag";
            var attributes = string.Join(", ", e.Attributes.Select(a => a.Name));
            var reason = e.NoTag is null ? "" : $"{(attributes.Length > 0 ? " · " : "")}{e.NoTag}";
            text.Append($"  {e.Head,-24}{type,-8}{attributes}{reason}".TrimEnd()).Append('\n');
        }
        text.Append("actions\n");
        foreach (var a in graph.Actions)
            text.Append($"  {Name(a.Subject)} · {a.Name} · {Name(a.Object)}\n");
        text.Append("relations\n");
        foreach (var r in graph.Relations)
            text.Append($"  {Name(r.Subject)} · {r.Predicate} · {Name(r.Object)}\n");
        text.Append("tags\n");
        foreach (var tag in miner.Decide(caption))
        {
            text.Append(
                $"  {tag.Tag ?? "–",-24}{tag.Type.ToString().ToLowerInvariant(),-10}\"{caption[tag.Start..tag.End]}\" at {tag.Start}"
                + $"{(tag.Reason.Length > 0 ? " · " : "")}{tag.Reason}\n");
        }
        return text.ToString();

        string Name(int? entity) => entity is { } index ? graph.Entities[index].Head : "–";
    }

    /// <summary>Words that the rules hang elsewhere than the parser did, a line each.</summary>
    private static IEnumerable<string> Moved(ParsedSentence sentence)
    {
        var tree = new SentenceTree(sentence);
        CaptionAttachment.Correct(tree);
        for (var i = 0; i < tree.Count; i++)
        {
            if (tree.Head(i) == sentence.Heads[i] && tree.FullRelation(i) == sentence.Relations[i])
                continue;
            yield return $"  {tree.Token(i).Text,-24}{tree.FullRelation(i)} of {WordAt(tree.Head(i))} · the parser had "
                + $"{sentence.Relations[i]} of {WordAt(sentence.Heads[i])}\n";
        }

        string WordAt(int i) => i < 0 ? "nothing" : sentence.Tokens[i].Text;
    }

    private static void WriteNode(StringBuilder text, ParsedSentence sentence, int head, string indent)
    {
        var children = Enumerable.Range(0, sentence.Tokens.Count).Where(i => sentence.Heads[i] == head).ToList();
        foreach (var child in children)
        {
            var isLast = child == children[^1];
            var branch = head < 0 ? "" : isLast ? "└─ " : "├─ ";
            var tag = sentence.Tags[child];
            text.Append($"{indent}{branch}{sentence.Tokens[child].Text}  {sentence.Relations[child]}  {tag}");
            if (!string.Equals(sentence.Lemmas[child], sentence.Tokens[child].Text, StringComparison.Ordinal))
                text.Append($"  {sentence.Lemmas[child]}");
            text.Append('\n');
            WriteNode(text, sentence, child, head < 0 ? indent : indent + (isLast ? "   " : "│  "));
        }
    }
}
