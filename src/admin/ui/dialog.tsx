import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface ModalProps {
  readonly name: { readonly "aria-label": string } | { readonly "aria-labelledby": string };
  readonly look?: string;
  close(): void;
  readonly children: ComponentChildren;
}

/** The browser's own modal: keeps the focus inside, closes on Escape, gives the focus back. */
export function Modal({ name, look, close, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    // The field to begin with, which could not take the focus before.
    dialog.current?.querySelector<HTMLElement>("[data-first]")?.focus();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={look === undefined ? "dialog" : `dialog ${look}`}
      {...name}
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      {children}
    </dialog>
  );
}

export function Dialog(props: { readonly title: string; close(): void; readonly children: ComponentChildren }) {
  return (
    <Modal name={{ "aria-labelledby": "dialog-title" }} close={props.close}>
      <div class="dialog-body">
        <h2 id="dialog-title">{props.title}</h2>
        {props.children}
      </div>
    </Modal>
  );
}
