using Gloss.Text.Parsing;

namespace Gloss.Text.Mining;

/// <summary>
/// Reads the dependency trees of a caption as a scene graph. The rules follow the idea of Schuster et al. 2015 (scene
/// graphs from dependency trees) on Universal Dependencies: noun phrases are entities, their modifiers attributes,
/// verbs with their arguments actions and relations, prepositions between nouns relations; quantifying nouns ("a group
/// of people") give their place to what they quantify.
/// </summary>
public static class SceneGraphBuilder
{
    /// <summary>The scene graph of a caption's sentences.</summary>
    /// <param name="caption">The caption, for the text of entities.</param>
    /// <param name="sentences">Its parsed sentences.</param>
    public static SceneGraph Build(string caption, IEnumerable<ParsedSentence> sentences)
    {
        ArgumentNullException.ThrowIfNull(caption);
        ArgumentNullException.ThrowIfNull(sentences);
        var entities = new List<SceneEntity>();
        var actions = new List<SceneAction>();
        var relations = new List<SceneRelation>();
        foreach (var sentence in sentences)
        {
            var tree = new SentenceTree(sentence);
            CaptionAttachment.Correct(tree);
            var reader = new EntityReader(caption, tree, entities);
            reader.Read();
            new ClauseReader(reader, actions, relations).Read();
        }
        return new SceneGraph(entities, actions, relations);
    }
}
